-- What Envoy's transcoder lets pass of a REST call and the contracts do not: a field that a message
-- does not have, JSON that only a lenient reader understands, a known path with another verb.
--
-- Before this stand, made from the contracts:
--   BINDINGS  list of { verb, segments, pattern, body, max, header, names }: the first whose pattern matches is the one;
--             segments: of the paths that it matches, "*" for any one and "**" for all that is left
--             body: the body's type, absent when the call has no body; max: how many bytes it may have
--             header: one that repeats a field: what the pattern captures of the path or, where there are
--             `names`, the string by one of them in the body
--   MESSAGES  message name -> field name in JSON -> the field's type
-- A type is a message's name, { type } for a map to that type, "@time" for a google.protobuf.Timestamp, which the
-- transcoder reads with digits left out ("4-1-2T0:0:0Z"), or "" for what any JSON may fill.

local MAX_DEPTH = 100
local LONGEST_HEADER = 256

local function refuse(problem)
  error({ problem = problem }, 0)
end

local function position_after_space(text, at)
  return text:match('^[ \t\r\n]*()', at)
end

local ESCAPES = { b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }

local function unescape(text)
  text = text:gsub('\\u00([0-7]%x)', function(digits) return string.char(tonumber(digits, 16)) end)
  return (text:gsub('\\(.)', function(letter) return ESCAPES[letter] or letter end))
end

-- From an opening quote: the string, and where it ends.
local function read_string(text, at)
  local from = at + 1
  while true do
    local stop = text:find('["\\%z\1-\31]', from)
    local letter = stop and text:sub(stop, stop)
    if letter == '"' then
      return text:sub(at + 1, stop - 1), stop + 1
    elseif letter == '\\' then
      from = stop + 2
    else
      refuse('the body is no JSON: a string that begins at byte ' .. at .. ' does not end')
    end
  end
end

-- The names that the routed field has in the body that is being checked, and its value.
local routed_names, routed_value

-- RFC 3339, as proto3's JSON has it.
local function is_time(text)
  if text:find('\\', 1, true) then text = unescape(text) end
  local rest = text:match('^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d(.*)$')
  if not rest then return false end
  local fraction, zone = rest:match('^%.(%d+)(.*)$')
  if fraction and #fraction > 9 then return false end
  zone = zone or rest
  return zone == 'Z' or zone:find('^[+-]%d%d:%d%d$') ~= nil
end

local check_value

-- From after an opening bracket: each entry, then the closing one.
local function check_entries(text, at, close, check_entry)
  at = position_after_space(text, at)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    at = position_after_space(text, check_entry(at))
    local letter = text:sub(at, at)
    if letter == close then return at + 1 end
    if letter ~= ',' then refuse('the body is no JSON: expected , or ' .. close .. ' at byte ' .. at) end
    at = position_after_space(text, at + 1)
  end
end

local function check_object(text, at, kind, depth)
  local fields = MESSAGES[kind]
  return check_entries(text, at + 1, '}', function(at)
    if text:sub(at, at) ~= '"' then refuse('the body is no JSON: expected a name at byte ' .. at) end
    local name, after = read_string(text, at)
    if name:find('\\', 1, true) then name = unescape(name) end
    local kind_of_value = type(kind) == 'table' and kind[1] or ''
    if fields then
      kind_of_value = fields[name]
      if not kind_of_value then refuse('unknown field "' .. name .. '" of ' .. kind) end
    end
    at = position_after_space(text, after)
    if text:sub(at, at) ~= ':' then refuse('the body is no JSON: expected : at byte ' .. at) end
    at = position_after_space(text, at + 1)
    if depth == 2 and routed_names and routed_names[name] and text:sub(at, at) == '"' then
      routed_value = unescape((read_string(text, at)))
    end
    return check_value(text, at, kind_of_value, depth)
  end)
end

-- An array in which no name is checked. Numbers, the bulk of large bodies, are passed over in one go; the
-- transcoder reads them.
local function check_plain_array(text, at, depth)
  at = at + 1
  while true do
    at = text:match('^[%d%s.,eE+-]*()', at)
    if text:sub(at, at) == ']' then return at + 1 end
    at = check_value(text, at, '', depth)
  end
end

-- Answers where the value ends.
function check_value(text, at, kind, depth)
  if depth > MAX_DEPTH then refuse('the body is nested too deeply') end
  local letter = text:sub(at, at)
  if letter == '{' then return check_object(text, at, kind, depth + 1) end
  if letter == '[' then
    if kind == '' then return check_plain_array(text, at, depth + 1) end
    return check_entries(text, at + 1, ']', function(at)
      return check_value(text, at, kind, depth + 1)
    end)
  end
  if letter == '"' then
    local value, after = read_string(text, at)
    if kind == '@time' and not is_time(value) then
      refuse('not a time such as "2026-01-02T03:04:05Z" at byte ' .. at)
    end
    return after
  end
  local word, after = text:match('^([%w.+-]+)()', at)
  if word == 'true' or word == 'false' or word == 'null' or (word and word:match('^-?%d') and tonumber(word)) then
    return after
  end
  refuse('the body is no JSON: expected a value at byte ' .. at)
end

local function check_body(text, kind)
  local at = position_after_space(text, 1)
  if at > #text then return end
  at = position_after_space(text, check_value(text, at, kind, 1))
  if at <= #text then refuse('the body is no JSON: it goes on after its end at byte ' .. at) end
end

-- The bindings by the segments of their templates: what a call costs depends on how many segments its path has, and not on
-- how many bindings there are.
local function new_node()
  return { below = {}, here = {}, rest = {} }
end

local TREE = new_node()
for place, binding in ipairs(BINDINGS) do
  binding.place = place
  local node, list = TREE, 'here'
  for _, segment in ipairs(binding.segments) do
    if segment == '**' then
      list = 'rest'
      break
    end
    node.below[segment] = node.below[segment] or new_node()
    node = node.below[segment]
  end
  table.insert(node[list], binding)
end

-- Adds all that the path may be, from the slash at `at` on.
local function collect(node, path, at, found)
  for _, binding in ipairs(node.rest) do found[#found + 1] = binding end
  local segment, after = path:match('^/([^/]*)()', at)
  if not segment then
    for _, binding in ipairs(node.here) do found[#found + 1] = binding end
    return
  end
  local literal, any = node.below[segment], node.below['*']
  if literal then collect(literal, path, after, found) end
  if any and any ~= literal then collect(any, path, after, found) end
end

local function is_before(one, other)
  return one.place < other.place
end

-- Those that the path may be, in their order.
local function bindings_of(path)
  local found = {}
  collect(TREE, path, 1, found)
  if #found > 1 then table.sort(found, is_before) end
  return found
end

-- The binding of a call, and what its pattern captures of the path.
local function find_binding(bindings, verb, path)
  for _, binding in ipairs(bindings) do
    if binding.verb == verb then
      local found, _, captured = path:find(binding.pattern)
      if found then return binding, captured end
    end
  end
end

local function verbs_of(bindings, path)
  local verbs = {}
  for _, binding in ipairs(bindings) do
    if path:find(binding.pattern) then verbs[#verbs + 1] = binding.verb end
  end
  return verbs
end

local function percent_decoded(text)
  return (text:gsub('%%(%x%x)', function(digits) return string.char(tonumber(digits, 16)) end))
end

-- All characters of more than one byte (RFC 3629), the longest first, for a part of one is not another.
local CHARACTERS = {
  '\240[\144-\191][\128-\191][\128-\191]',
  '[\241-\243][\128-\191][\128-\191][\128-\191]',
  '\244[\128-\143][\128-\191][\128-\191]',
  '\224[\160-\191][\128-\191]',
  '[\225-\236\238\239][\128-\191][\128-\191]',
  '\237[\128-\159][\128-\191]',
  '[\194-\223][\128-\191]',
}

-- Services cannot decode a string that is no UTF-8, and would be to blame for it.
local function is_utf8(text)
  if not text:find('[\128-\255]') then return true end
  for _, character in ipairs(CHARACTERS) do text = text:gsub(character, ' ') end
  return not text:find('[\128-\255]')
end

-- What a header cannot carry, or should not, is left to the service to refuse.
local function set_header(headers, name, value)
  if value and #value <= LONGEST_HEADER and value:find('^[\33-\126]+$') then headers:replace(name, value) end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local target = headers:get(':path')
  local path = target:match('^[^?]*')
  local bindings = bindings_of(path)
  local binding, captured = find_binding(bindings, headers:get(':method'), path)
  if not binding then
    local verbs = verbs_of(bindings, path)
    if #verbs > 0 then
      return handle:respond({ [':status'] = '405', ['allow'] = table.concat(verbs, ', ') }, '')
    end
    -- The transcoder passes over slashes at the end of a path: what it lets through has to be what is checked here.
    return handle:respond({ [':status'] = '404' }, '')
  end
  local is_plain = not target:find('[\128-\255]') and not target:find('%%[89a-fA-F]')
  if not is_plain and not is_utf8(percent_decoded(target)) then
    return handle:respond({ [':status'] = '400' }, 'the path and the query must be UTF-8')
  end
  local header, names = binding.header, binding.names
  if header and not names then set_header(headers, header, percent_decoded(captured)) end
  if not binding.body then return end
  local coding = headers:get('content-encoding')
  if coding and coding:lower() ~= 'identity' then
    local words = 'the request body must not be encoded'
    return handle:respond({ [':status'] = '415', ['accept-encoding'] = 'identity' }, words)
  end
  local body = handle:body()
  if not body then return end
  if body:length() > tonumber(binding.max) then
    handle:respond({ [':status'] = '413' }, '')
    return
  end
  routed_names, routed_value = names, nil
  local passed, failure = pcall(check_body, body:getBytes(0, body:length()), binding.body)
  if passed then
    -- Envoy takes back the headers' handle while it waits for the body.
    if names then set_header(handle:headers(), header, routed_value) end
    return
  end
  if type(failure) ~= 'table' then error(failure, 0) end
  handle:respond({ [':status'] = '400' }, failure.problem)
end
