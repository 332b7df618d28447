-- KEYS: references of all tickets, then the ticket of each that was asked about; ARGV: those references. Answers those that are there, and forgets the others.
local found = {}
for place, name in ipairs(ARGV) do
  local ticket = place + 1
  if redis.call('EXISTS', KEYS[ticket]) == 1 then found[#found + 1] = name else redis.call('SREM', KEYS[1], name) end
end
return found
