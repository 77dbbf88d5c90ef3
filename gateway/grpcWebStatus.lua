-- What Envoy answers itself reaches a gRPC-Web client with an HTTP status of its own and, for too many requests,
-- with UNAVAILABLE. Clients look for 200 and the status that gRPC has for it.
--
-- It runs for gRPC-Web only. Before this stand NAMESPACE, where the request's kind is remembered, and GRPC_WEB_HEADER,
-- by which the routes know these requests once they have become gRPC.

local RESOURCE_EXHAUSTED = '8'

function envoy_on_request(handle)
  local headers = handle:headers()
  handle:streamInfo():dynamicMetadata():set(NAMESPACE, 'content-type', headers:get('content-type'))
  headers:replace(GRPC_WEB_HEADER, '1')
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get(':status')
  if status == '200' or not headers:get('grpc-status') then return end
  if status == '429' then headers:replace('grpc-status', RESOURCE_EXHAUSTED) end
  headers:replace(':status', '200')
  headers:replace('content-type', handle:streamInfo():dynamicMetadata():get(NAMESPACE)['content-type'])
end
