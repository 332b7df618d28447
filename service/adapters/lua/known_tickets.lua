-- KEYS: references of all tickets; ARGV: what a ticket's key begins with. Answers those that are there, and forgets the others.
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', ARGV[1] .. name) == 1 then found[#found + 1] = name else redis.call('SREM', KEYS[1], name) end
end
return found
