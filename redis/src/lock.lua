-- An advisory lock with a lease. KEYS: 1 the lock. ARGV: 1 operation, 2 owner, 3 lease in milliseconds.
local owner = redis.call('GET', KEYS[1])
local mine = owner == ARGV[2]
if ARGV[1] == 'release' then
  if mine then redis.call('DEL', KEYS[1]) end
  return ''
end
-- A server that was restarted has forgotten the lock; the holder takes it again.
if mine or not owner then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return ''
end
return owner
