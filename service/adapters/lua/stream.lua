-- How far a stream has come, without the entries themselves, which XINFO would send along.
-- KEYS: the stream. Answers what else the key is ('none': nothing), or: last id, entries there, entries ever added (or -1).
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'stream' then
  return { kind }
end
local info, found = redis.call('XINFO', 'STREAM', KEYS[1]), {}
for place = 1, #info, 2 do
  found[info[place]] = info[place + 1]
end
return { found['last-generated-id'], found['length'], found['entries-added'] or -1 }
