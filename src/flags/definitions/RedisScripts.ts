/**
 * What has to happen in Redis in one step, as Lua.
 *
 * The lock is the leader's for as long as it renews it; whatever a leader writes is written only while the lock is its
 * own, so one that has lost it without noticing overwrites nothing.
 *
 * @since 0.1.0
 */

/** Takes the lock, or renews it. KEYS: lock. ARGV: token, milliseconds. 1: it is ours. */
export const acquire = `
local holder = redis.call("GET", KEYS[1])
if holder == ARGV[1] then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  return 1
end
if holder then
  return 0
end
redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2])
return 1`

/** Renews the lock. KEYS: lock, data. ARGV: token, milliseconds. 0: it is lost, 1: it is ours, 2: and the data is gone. */
export const renew = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call("PEXPIRE", KEYS[1], ARGV[2])
return 2 - redis.call("EXISTS", KEYS[2])`

/** Gives the lock up and tells. KEYS: lock. ARGV: token, channel. */
export const release = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call("DEL", KEYS[1])
redis.call("PUBLISH", ARGV[2], ARGV[1])
return 1`

/** Stores and tells, if the lock is ours. KEYS: lock, data. ARGV: token, channel, revision, body. 0: it is not. */
export const store = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call("HSET", KEYS[2], "revision", ARGV[3], "body", ARGV[4])
redis.call("PUBLISH", ARGV[2], ARGV[1])
return 1`

/**
 * KEYS: lock, data. ARGV: the revision that is known. The revision and the body, or the revision alone if it is known,
 * or 1 where nothing is stored and somebody leads, 0 where nobody does.
 */
export const read = `
local revision = redis.call("HGET", KEYS[2], "revision")
if not revision then
  return redis.call("EXISTS", KEYS[1])
end
if revision == ARGV[1] then
  return { revision }
end
return { revision, redis.call("HGET", KEYS[2], "body") }`

/** How long the lock has to live, in milliseconds; -2: nobody has it. KEYS: lock. */
export const remaining = `return redis.call("PTTL", KEYS[1])`
