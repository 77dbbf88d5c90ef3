-- SHA-256 (FIPS 180-4) of a string, in lower-case hexadecimal. LuaJIT has no hash of its own, and Envoy
-- lends it none.

local band, bnot, bxor, ror, rshift, tobit, tohex =
  bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit, bit.tohex

-- The first 32 bits of the fractional part of a root.
local function fraction(root)
  return tobit(math.floor((root % 1) * 2 ^ 32))
end

local ROUND_CONSTANTS, INITIAL_STATE = {}, {}
do
  local candidate = 2
  while #ROUND_CONSTANTS < 64 do
    local is_prime = true
    for divisor = 2, math.floor(math.sqrt(candidate)) do
      if candidate % divisor == 0 then is_prime = false end
    end
    if is_prime then
      if #INITIAL_STATE < 8 then INITIAL_STATE[#INITIAL_STATE + 1] = fraction(candidate ^ (1 / 2)) end
      ROUND_CONSTANTS[#ROUND_CONSTANTS + 1] = fraction(candidate ^ (1 / 3))
    end
    candidate = candidate + 1
  end
end

local function word_at(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  return tobit(a * 2 ^ 24 + b * 2 ^ 16 + c * 2 ^ 8 + d)
end

local function add_block(state, text, at)
  local w = {}
  for i = 1, 16 do w[i] = word_at(text, at + 4 * (i - 1)) end
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local s0 = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
    local s1 = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
    w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
  end
  local a, b, c, d, e, f, g, h = unpack(state)
  for i = 1, 64 do
    local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
    local choice = bxor(band(e, f), band(bnot(e), g))
    local t1 = tobit(h + s1 + choice + ROUND_CONSTANTS[i] + w[i])
    local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
    local majority = bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, tobit(d + t1), c, b, a, tobit(t1 + s0 + majority)
  end
  for i, value in ipairs({ a, b, c, d, e, f, g, h }) do state[i] = tobit(state[i] + value) end
end

local function sha256(text)
  local bits = #text * 8
  local padding = string.char(0x80) .. string.rep('\0', (55 - #text) % 64) .. '\0\0\0\0'
  local length = string.char(band(rshift(bits, 24), 255), band(rshift(bits, 16), 255), band(rshift(bits, 8), 255), band(bits, 255))
  local whole = text .. padding .. length
  local state = { unpack(INITIAL_STATE) }
  for at = 1, #whole, 64 do add_block(state, whole, at) end
  for i = 1, 8 do state[i] = tohex(state[i]) end
  return table.concat(state)
end
