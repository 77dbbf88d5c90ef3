-- What a load balancer asks: whether this edge has anywhere to send calls, by what Envoy itself knows of its clusters.
--
-- Before this stand:
--   ADMIN    the cluster of Envoy's admin interface
--   SERVICE  what the edge is called

local REFRESH_MS = 1000
local TIMEOUT_MS = 2000
local STARTED = os.time()

-- Of this worker: whoever asks within a second is told the same.
local status, checks, looked_at

-- A page of the admin interface; nothing when it cannot be had.
local function page(handle, path)
  local headers, body = handle:httpCall(
    ADMIN, { [':method'] = 'GET', [':path'] = path, [':authority'] = 'localhost' }, '', TIMEOUT_MS)
  return headers[':status'] == '200' and body or ''
end

-- By name, whether a service has an instance that calls can be sent to. Subsets ("analytics/v1") count for their service.
-- Clusters of the bootstrap are no services, and those that only stand for others ("failover:...") have no instances.
local function services_of(clusters)
  local service_of, is_up = {}, {}
  for name, of_control in clusters:gmatch('([^\n]-)::added_via_api::(%a+)') do
    if of_control == 'true' and not name:find(':', 1, true) then
      service_of[name] = name:match('^[^/]+')
      is_up[service_of[name]] = false
    end
  end
  for name, flags in clusters:gmatch('([^\n]-)::[^\n]-::health_flags::([^\n]*)') do
    local service = service_of[name]
    if service and not flags:find('failed', 1, true) then is_up[service] = true end
  end
  return is_up
end

local function look(handle)
  local state = page(handle, '/server_info'):match('"state":%s*"(%u+)"')
  local is_up = services_of(page(handle, '/clusters'))
  local names, words, any, all = {}, {}, false, true
  for name, up in pairs(is_up) do
    names[#names + 1] = name
    any, all = any or up, all and up
  end
  table.sort(names)
  for i, name in ipairs(names) do words[i] = ('"%s":"%s"'):format(name, is_up[name] and 'ok' or 'down') end
  checks = '{' .. table.concat(words, ',') .. '}'
  if state == 'DRAINING' then
    status = 'draining'
  elseif not any then
    status = 'down'
  else
    status = all and 'ok' or 'degraded'
  end
end

function envoy_on_request(handle)
  local verb = handle:headers():get(':method')
  if verb ~= 'GET' and verb ~= 'HEAD' then
    return handle:respond({ [':status'] = '405', ['allow'] = 'GET, HEAD' }, '')
  end
  local now = tonumber(handle:timestamp())
  if not looked_at or now < looked_at or now - looked_at >= REFRESH_MS then
    look(handle)
    looked_at = now
  end
  local serves = status == 'ok' or status == 'degraded'
  local headers = {
    [':status'] = serves and '200' or '503',
    ['content-type'] = 'application/json',
    ['cache-control'] = 'no-store',
  }
  local body = '{"status":"%s","service":"%s","uptime":%d,"timestamp":%.0f,"checks":%s}\n'
  handle:respond(headers, body:format(status, SERVICE, os.time() - STARTED, now, checks))
end
