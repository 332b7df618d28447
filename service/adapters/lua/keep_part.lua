-- KEYS[1]: the parts of one text; ARGV: number, total, part, seconds. Answers all parts in order, or nil.
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4], 'NX')
local out = {}
for i = 1, tonumber(ARGV[2]) do
  local part = redis.call('HGET', KEYS[1], tostring(i))
  if not part then return false end
  out[i] = part
end
return out
