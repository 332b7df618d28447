-- KEYS: state, outbox; ARGV: index. The state goes, and every text in the outbox whose key begins with the index.
redis.call('DEL', KEYS[1])
for _, key in ipairs(redis.call('HKEYS', KEYS[2])) do
  if string.sub(key, 1, #ARGV[1]) == ARGV[1] then redis.call('HDEL', KEYS[2], key) end
end
return 1
