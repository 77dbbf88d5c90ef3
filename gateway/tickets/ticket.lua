-- Takes the ticket off a call (`?ticket=`), has identity redeem it, and puts the access token that it stands for where callers
-- who can send a header have it. Nothing after this sees the ticket.
--
-- Before this stand:
--   CLUSTER, METHOD   where tickets are redeemed: a gRPC method of ticket.proto's two strings, and of one in its answer
--   TIMEOUT_MS        how long that may take

local TICKET = '^[%w_-]+$'
local TICKET_LENGTH = 43

-- The call's path with its query but without the ticket, the path alone, and the ticket; nothing when it has none.
local function take_ticket(target)
  local path, query = target:match('^([^?]*)%?(.*)$')
  if not query then return end
  local kept, ticket, count = {}, nil, 0
  for parameter in query:gmatch('[^&]+') do
    local value = parameter:match('^ticket=(.*)$')
    if value then
      ticket, count = value, count + 1
    else
      kept[#kept + 1] = parameter
    end
  end
  if count == 0 then return end
  local rest = #kept == 0 and path or path .. '?' .. table.concat(kept, '&')
  return rest, path, count == 1 and ticket or ''
end

-- As protobuf writes a number, and a string as a message's field.
local function varint(number)
  if number < 128 then return string.char(number) end
  return string.char(number % 128 + 128) .. varint(math.floor(number / 128))
end

local function string_field(number, text)
  return string.char(number * 8 + 2) .. varint(#text) .. text
end

-- As gRPC frames a message that is not compressed.
local function frame(message)
  local length = #message
  return string.char(0, math.floor(length / 16777216) % 256, math.floor(length / 65536) % 256,
    math.floor(length / 256) % 256, length % 256) .. message
end

-- The first field of a framed message, a string; nothing for anything else.
local function first_string(framed)
  if #framed < 7 or framed:byte(1) ~= 0 or framed:byte(6) ~= 10 then return end
  local at, length, factor = 7, 0, 1
  while true do
    local byte = framed:byte(at)
    if not byte then return end
    length, factor, at = length + byte % 128 * factor, factor * 128, at + 1
    if byte < 128 then break end
  end
  local text = framed:sub(at, at + length - 1)
  return #text == length and text or nil
end

local function refuse(handle)
  handle:respond({ [':status'] = '401', ['www-authenticate'] = 'Bearer' }, 'the ticket is not good, or no more')
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local rest, path, ticket = take_ticket(headers:get(':path'))
  if not rest then return end
  headers:replace(':path', rest)
  if #ticket ~= TICKET_LENGTH or not ticket:find(TICKET) then return refuse(handle) end
  local answer, body = handle:httpCall(CLUSTER, {
    [':method'] = 'POST',
    [':path'] = METHOD,
    [':authority'] = CLUSTER,
    ['content-type'] = 'application/grpc',
    ['te'] = 'trailers',
    ['grpc-timeout'] = TIMEOUT_MS .. 'm',
  }, frame(string_field(1, ticket) .. string_field(2, path)), TIMEOUT_MS, false)
  local token = answer[':status'] == '200' and body and first_string(body)
  if token then
    -- Envoy takes back the headers' handle while it waits.
    handle:headers():replace('authorization', 'Bearer ' .. token)
  elseif answer['grpc-status'] == '16' or answer['grpc-status'] == '3' then
    refuse(handle)
  else
    handle:logWarn('a ticket could not be redeemed: ' .. (answer['grpc-status'] or answer[':status'] or ''))
    handle:respond({ [':status'] = '503' }, 'tickets cannot be taken at the moment')
  end
end
