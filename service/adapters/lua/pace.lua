-- KEYS[1]: a requester; ARGV: burst, interval in microseconds. Answers how long it has to wait, 0: allowed, counted.
-- The generic cell rate algorithm as in domain/pacing.py; microseconds since 1970 stay below 2^53.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[2])
local begin = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local early = begin - now - (ARGV[1] - 1) * interval
if early > 0 then return early end
local due = begin + interval
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
return 0
