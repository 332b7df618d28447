-- KEYS: outbox [, state]; ARGV: index. The state goes, and every text in the outbox whose key begins with the index.
if KEYS[2] then redis.call('DEL', KEYS[2]) end
for _, key in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(key, 1, #ARGV[1]) == ARGV[1] then redis.call('HDEL', KEYS[1], key) end
end
return 1
