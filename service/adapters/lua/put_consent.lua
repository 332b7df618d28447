-- KEYS: a holder's consents; ARGV: id, value, how many are kept. Ids ascend with time: the lowest one goes.
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[3]) then
  local ids = redis.call('HKEYS', KEYS[1])
  table.sort(ids)
  redis.call('HDEL', KEYS[1], ids[1])
end
return 1
