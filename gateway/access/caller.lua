-- Who calls, for the filters after this one: leaves the inner token of an access token that holds, or attaches that of an
-- API key, and takes the credentials off. Refuses with 401 who does not show what the method's route asks for (its filter
-- context, `needs`: "user", "api_key" or "any").
--
-- Before this stand sha256.lua and these:
--   CLAIMS            where jwt_authn has left the claims of an access token that holds
--   CREDENTIALS       the file of API keys and of what is revoked, "" for none: see trustFiles.ts
--   PRINCIPAL_HEADER  of the inner token
--   USED_KEYS         the file that says which API keys were used, "" for none: see trustFiles.ts

local LONGEST_KEY = 256
-- Whoever takes the file away may be gone for long.
local MOST_NOTED_BYTES = 4 * 1024 * 1024

local known, version, read_at = { keys = {}, revoked = {} }, nil, nil

-- What the file says, which is looked at once a second. While it cannot be read, what it said last stands.
local function credentials(handle)
  local now = os.time()
  if CREDENTIALS == '' or read_at == now then return known end
  read_at = now
  local file, problem = io.open(CREDENTIALS, 'r')
  if not file then
    handle:logErr('credentials: ' .. problem)
    return known
  end
  local first = file:read('*l')
  if first and first ~= version then
    local keys, revoked = {}, {}
    for line in file:lines() do
      local hash, token = line:match('^key (%x+) (%S+)$')
      if hash then keys[hash] = token end
      local session = line:match('^revoked (%S+)$')
      if session then revoked[session] = true end
    end
    known, version = { keys = keys, revoked = revoked }, first
  end
  file:close()
  return known
end

local noted, noted_minute = {}, nil

-- Notes that a key is used, the first time of each minute.
local function note(handle, hash)
  local minute = math.floor(os.time() / 60)
  if minute ~= noted_minute then noted, noted_minute = {}, minute end
  if USED_KEYS == '' or noted[hash] then return end
  noted[hash] = true
  local file, problem = io.open(USED_KEYS, 'a')
  if not file then
    handle:logErr('use of API keys: ' .. problem)
    return
  end
  if file:seek('end') < MOST_NOTED_BYTES then file:write(hash, ' ', string.format('%d', minute * 60), '\n') end
  file:close()
end

local function claims_of(handle)
  local left = handle:streamInfo():dynamicMetadata():get('envoy.filters.http.jwt_authn')
  return left and left[CLAIMS]
end

-- Whether a token is written in the one way that its signer has written it. Envoy decodes signatures leniently: with characters
-- appended, or bits that no byte has, they are still good. 64 bytes are 86 characters, of which the last has four bits.
local function is_canonical(token)
  return token:find('%.[%w_-]+%.' .. ('[%w_-]'):rep(85) .. '[AQgw]$') ~= nil
end

local function refuse(handle, challenge, problem)
  handle:respond({ [':status'] = '401', ['www-authenticate'] = challenge }, problem)
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local key = headers:get('x-api-key')
  local scheme, token = (headers:get('authorization') or ''):match('^(%a+) (.*)$')
  headers:remove('authorization')
  headers:remove('x-api-key')
  local needs = handle:filterContext():get('needs')

  local claims = scheme and scheme:lower() == 'bearer' and is_canonical(token) and claims_of(handle)
  local revoked = claims and credentials(handle).revoked[claims.sid]
  if claims and not revoked then return end
  headers:remove(PRINCIPAL_HEADER)
  if needs == 'user' then
    return refuse(handle, 'Bearer', revoked and 'the session has been revoked' or 'an access token is needed')
  end

  local hash = key and #key <= LONGEST_KEY and sha256(key)
  local inner = hash and credentials(handle).keys[hash]
  if inner then
    headers:replace(PRINCIPAL_HEADER, inner)
    note(handle, hash)
  elseif needs then
    local challenge = needs == 'any' and 'Bearer' or 'ApiKey header="x-api-key"'
    local problem = revoked and 'the session has been revoked'
      or key and 'the API key is not known'
      or needs == 'any' and 'an access token or an API key is needed'
      or 'an API key is needed'
    refuse(handle, challenge, problem)
  end
end
