-- Who calls, for the filters after this one and for the service. Refuses with 401 who does not show what
-- the method's route asks for (its filter context, `needs`: "user" or "api_key").
--
-- Before this stand sha256.lua and these:
--   CLAIMS         where jwt_authn has left the claims of a token that holds
--   ROLES_CLAIM    the names that lead to the roles in them
--   KEYS_FILE      the file of API keys, "" for none: a line a key, its SHA-256 and its name
--   NAMESPACE      where the roles are left for the RBAC filter
--   CALLER_HEADER, ROLES_HEADER

local LONGEST_KEY = 256
local READ_KEYS_EVERY_S = 5

local keys, keys_read_at = {}, nil

-- By their hash, the names of the keys. A file that cannot be read has none: nobody gets in by it.
local function known_keys(handle)
  local now = os.time()
  if keys_read_at and now - keys_read_at < READ_KEYS_EVERY_S and now >= keys_read_at then return keys end
  keys, keys_read_at = {}, now
  local file, problem = io.open(KEYS_FILE, 'r')
  if not file then
    handle:logErr('API keys: ' .. problem)
    return keys
  end
  for line in file:lines() do
    local hash, name = line:match('^(%x+)%s+(%S+)%s*$')
    if hash and #hash == 64 then keys[hash:lower()] = name end
  end
  file:close()
  return keys
end

local function percent_encoded(text)
  return (text:gsub('[^%w%-._~]', function(byte) return ('%%%02X'):format(byte:byte()) end))
end

local function claims_of(handle)
  local left = handle:streamInfo():dynamicMetadata():get('envoy.filters.http.jwt_authn')
  return left and left[CLAIMS]
end

local function roles_of(claims)
  local found = claims
  for _, name in ipairs(ROLES_CLAIM) do
    if type(found) ~= 'table' then return {} end
    found = found[name]
  end
  if type(found) == 'string' then return { found } end
  local roles = {}
  for _, role in ipairs(type(found) == 'table' and found or {}) do
    if type(role) == 'string' then roles[#roles + 1] = role end
  end
  return roles
end

local function refuse(handle, challenge, problem)
  handle:respond({ [':status'] = '401', ['www-authenticate'] = challenge }, problem)
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local key = headers:get('x-api-key')
  headers:remove('authorization')
  headers:remove('x-api-key')
  local needs = handle:filterContext():get('needs')

  local claims = claims_of(handle)
  if claims and type(claims.sub) == 'string' and claims.sub ~= '' and needs ~= 'api_key' then
    local roles, encoded = roles_of(claims), {}
    for i, role in ipairs(roles) do encoded[i] = percent_encoded(role) end
    headers:replace(CALLER_HEADER, 'user:' .. percent_encoded(claims.sub))
    if #roles > 0 then
      headers:replace(ROLES_HEADER, table.concat(encoded, ','))
      handle:streamInfo():dynamicMetadata():set(NAMESPACE, 'roles', roles)
    end
    return
  end
  if needs == 'user' then
    return refuse(handle, 'Bearer', claims and 'the token names no subject' or 'a bearer token is needed')
  end

  local name = key and KEYS_FILE ~= '' and #key <= LONGEST_KEY and known_keys(handle)[sha256(key)]
  if name then
    headers:replace(CALLER_HEADER, 'api-key:' .. percent_encoded(name))
  elseif needs == 'api_key' then
    refuse(handle, 'ApiKey header="x-api-key"', key and 'the API key is not known' or 'an API key is needed')
  end
end
