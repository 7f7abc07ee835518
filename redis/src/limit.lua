-- The shared rate limit. Runs atomically, by the clock of the server, in milliseconds.
--
-- KEYS: 1 the waiting (id → ticket), 2 the same (id → when the place expires), 3 the state,
--       4… for each window its requests (id → when its response came; in flight: when it is given up).
-- ARGV: 1 operation, 2 id, then quota and length of each window, then the arguments of the operation.
local FLIGHT, PLACE, SERVER_LIMITS = 30000, 5000, 8
local operation, id = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local windows, longest = {}, 0
for i = 4, #KEYS do
  local window = { key = KEYS[i], quota = tonumber(ARGV[2 * i - 5]), length = tonumber(ARGV[2 * i - 4]) }
  redis.call('ZREMRANGEBYSCORE', window.key, '-inf', now - window.length)
  window.count = redis.call('ZCARD', window.key)
  windows[#windows + 1] = window
  longest = math.max(longest, window.length)
end
local function argument(n) return ARGV[2 * #KEYS - 4 + n] end

local function keep()
  for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], 2 * (longest + FLIGHT)) end
end

local function leave()
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end

-- What the API reports: `limit:NAME` → `remaining until`.
local function server_limits()
  local found, fields = {}, redis.call('HGETALL', KEYS[3])
  for i = 1, #fields, 2 do
    if fields[i]:sub(1, 6) == 'limit:' then
      local left, till = fields[i + 1]:match('^(%S+) (%S+)$')
      left, till = tonumber(left), tonumber(till)
      if till > now then
        found[#found + 1] = { field = fields[i], left = left, till = till }
      else
        redis.call('HDEL', KEYS[3], fields[i])
      end
    end
  end
  return found
end

local function write_limit(limit)
  redis.call('HSET', KEYS[3], limit.field, string.format('%.0f %.0f', limit.left, limit.till))
end

local function count_in_server_limits(difference)
  for _, limit in ipairs(server_limits()) do
    limit.left = math.max(limit.left + difference, 0)
    write_limit(limit)
  end
end

local function send()
  leave()
  for _, window in ipairs(windows) do
    redis.call('ZADD', window.key, now + math.min(window.length, FLIGHT), id)
    window.count = window.count + 1
  end
  count_in_server_limits(-1)
  keep()
end

-- The earliest time of the n-th of the requests that wait.
local function earliest(n)
  local paused = tonumber(redis.call('HGET', KEYS[3], 'paused') or 0)
  local reported, known = server_limits(), {}
  local function at(k)
    if known[k] then return known[k] end
    local best = math.max(now, paused)
    for _, window in ipairs(windows) do
      -- The request whose place becomes free: one that was sent, or one that waits.
      local place = window.count + k - window.quota
      if place > window.count then
        best = math.max(best, at(place - window.count) + window.length)
      elseif place >= 1 then
        local sent = redis.call('ZRANGE', window.key, place - 1, place - 1, 'WITHSCORES')
        best = math.max(best, math.min(tonumber(sent[2]), now) + window.length)
      end
    end
    for _, limit in ipairs(reported) do
      if k > limit.left then best = math.max(best, limit.till) end
    end
    known[k] = best
    return best
  end
  return at(n)
end

local function reply(code, ms, ticket)
  local used = {}
  for _, window in ipairs(windows) do used[#used + 1] = window.count end
  return { code, ms, ticket or 0, used }
end

-- A server that was restarted may have forgotten requests. Arguments: its run and start.
local function warming(run, start)
  local known = redis.call('HMGET', KEYS[3], 'run', 'warm')
  local warm = tonumber(known[2] or 0)
  if known[1] ~= run then
    warm = math.min(start, now) + longest
    redis.call('HSET', KEYS[3], 'run', run, 'warm', string.format('%.0f', warm))
    keep()
  end
  return warm - now
end

local operations = {}

-- Arguments: longest wait, ticket or 0, whether the caller has a permit of its share, run, start.
function operations.acquire()
  if redis.call('ZSCORE', windows[1].key, id) then return reply('sent', 0) end
  local warm = warming(argument(4), tonumber(argument(5)))
  if warm > 0 then
    if argument(3) == '0' then
      leave()
      return reply('warming', warm)
    end
    send()
    return reply('share', 0)
  end
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
    redis.call('ZREM', KEYS[1], gone)
    redis.call('ZREM', KEYS[2], gone)
  end
  local ticket = tonumber(argument(2))
  if ticket == 0 then ticket = redis.call('HINCRBY', KEYS[3], 'ticket', 1) end
  redis.call('ZADD', KEYS[1], ticket, id)
  local at = earliest(redis.call('ZRANK', KEYS[1], id) + 1)
  if at <= now then
    send()
    return reply('sent', 0)
  end
  if at - now >= tonumber(argument(1)) then
    leave()
    return reply('refused', at - now)
  end
  redis.call('ZADD', KEYS[2], now + PLACE, id)
  keep()
  return reply('wait', at - now, ticket)
end

-- The response came.
function operations.done()
  for _, window in ipairs(windows) do redis.call('ZADD', window.key, 'XX', now + 1, id) end
  return reply('ok', 0)
end

-- The request was not sent.
function operations.release()
  leave()
  local sent = 0
  for _, window in ipairs(windows) do sent = sent + redis.call('ZREM', window.key, id) end
  if sent > 0 then count_in_server_limits(1) end
  return reply('ok', 0)
end

-- Arguments: pause, then name, requests left and time left of each limit.
function operations.update()
  local paused = now + tonumber(argument(1))
  if paused > tonumber(redis.call('HGET', KEYS[3], 'paused') or 0) then
    redis.call('HSET', KEYS[3], 'paused', string.format('%.0f', paused))
  end
  local known = server_limits()
  local count, by_field = #known, {}
  for _, limit in ipairs(known) do by_field[limit.field] = limit end
  for i = 2, #ARGV, 3 do
    if not argument(i + 2) then break end
    local new = { field = 'limit:' .. argument(i), left = tonumber(argument(i + 1)) }
    new.till = now + tonumber(argument(i + 2))
    local old = by_field[new.field]
    -- In the same window the lowest count is right: responses may overtake each other.
    if old and new.till <= old.till + 1000 then
      new.left, new.till = math.min(old.left, new.left), old.till
    end
    if not old then count = count + 1 end
    if old or count <= SERVER_LIMITS then write_limit(new) end
  end
  keep()
  return reply('ok', 0)
end

-- Arguments: id and age of each request that the caller sent; -1 if it is in flight.
function operations.restore()
  for i = 1, #ARGV, 2 do
    local member, age = argument(i), tonumber(argument(i + 1) or 0)
    if not member then break end
    for _, window in ipairs(windows) do
      local score = age < 0 and now + math.min(window.length, FLIGHT) or now + 1 - age
      local known = tonumber(redis.call('ZSCORE', window.key, member) or math.huge)
      if score + window.length > now and score < known then
        redis.call('ZADD', window.key, score, member)
      end
    end
  end
  keep()
  return reply('ok', 0)
end

return operations[operation]()
