-- KEYS: ticket [, its holder's open ones, all of them]; ARGV: expected, value [, reference, seconds]. With the optional ones the
-- ticket is closed: no longer among the open ones, and gone after so many seconds. Answers 1 if it was done.
-- No two values are the same: where the new one lies already, this was done before, and is done once more.
local now = redis.call('GET', KEYS[1])
if now ~= ARGV[1] and now ~= ARGV[2] then return 0 end
if KEYS[2] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
  redis.call('SREM', KEYS[2], ARGV[3])
  if redis.call('SCARD', KEYS[2]) == 0 then redis.call('EXPIRE', KEYS[3], ARGV[4]) end
else
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
return 1
