-- KEYS: one bucket a row; ARGV: field, expectation ('' absent, '=' and a prefix), value.
-- Answers nil where it wrote, else the present value ('' where absent).
local out = {}
for i = 1, #KEYS do
  local field, expected, value = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local now = redis.call('HGET', KEYS[i], field)
  local holds
  if expected == '' then
    holds = not now
  else
    holds = now and string.sub(now, 1, #expected - 1) == string.sub(expected, 2)
  end
  if holds then
    redis.call('HSET', KEYS[i], field, value)
    out[i] = false
  else
    out[i] = now or ''
  end
end
return out
