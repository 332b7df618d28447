-- KEYS: one bucket a row; ARGV: its field. Answers the values, nil where absent.
local out = {}
for i = 1, #KEYS do out[i] = redis.call('HGET', KEYS[i], ARGV[i]) end
return out
