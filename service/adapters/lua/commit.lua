-- KEYS: state, outbox; ARGV: expectation ('' absent, '=' and the state), new state ('' none, '=' and it), seconds,
-- then key and value of each outgoing text. Answers 1 if it was done, 0 if nothing was.
-- No two states are the same (each is sealed with a nonce of its own): where the new one lies already, this was done before.
local now = redis.call('GET', KEYS[1])
local expected = ARGV[1]
if now and ARGV[2] == '=' .. now and expected ~= ARGV[2] then return 1 end
if expected == '' then
  if now then return 0 end
elseif not now or now ~= string.sub(expected, 2) then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.sub(ARGV[2], 2), 'EX', ARGV[3])
end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
