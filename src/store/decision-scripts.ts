/**
 * Writes a decision once: a second run of the same job finds it there and changes nothing, counters included. Nothing is
 * written for an account that was removed meanwhile. Ids whose facts have expired leave the list.
 */
export const RECORD = `
local account, facts, quotes, decisions, decided, content, stats = unpack(KEYS)
if redis.call('exists', account) == 0 or redis.call('exists', facts) == 1 then return 0 end
redis.call('hset', facts, unpack(cjson.decode(ARGV[1])))
redis.call('expire', facts, ARGV[2])
if tonumber(ARGV[4]) > 0 then redis.call('set', quotes, ARGV[3], 'EX', ARGV[4]) end
redis.call('zadd', decisions, ARGV[5], ARGV[6])
if ARGV[7] ~= '' then redis.call('zadd', decided, ARGV[7], ARGV[7]) end
redis.call('set', content, ARGV[6], 'EX', ARGV[2])
redis.call('hincrby', stats, 'decisions', 1)
redis.call('hincrby', stats, 'verdict:' .. ARGV[8], 1)
redis.call('expire', stats, ARGV[2])
redis.call('zremrangebyscore', decisions, '-inf', ARGV[5] - 1000 * ARGV[2])
return 1`

/** Writes the outcome once. */
export const SETTLE = `
if redis.call('exists', KEYS[1]) == 0 or redis.call('hexists', KEYS[1], 'latencyMs') == 1 then return 0 end
redis.call('hset', KEYS[1], unpack(cjson.decode(ARGV[1])))
redis.call('hincrby', KEYS[2], ARGV[2], 1)
if ARGV[3] == '1' then redis.call('hincrby', KEYS[2], 'moved', 1) end
return 1`

/** Sets fields of a decision that is there. */
export const CHANGE = `
if redis.call('exists', KEYS[1]) == 1 then redis.call('hset', KEYS[1], unpack(ARGV)) end`

/** The first decision that claims a copy has it, and keeps it. */
export const CLAIM = `
if redis.call('exists', KEYS[1]) == 0 then return 0 end
redis.call('hsetnx', KEYS[2], ARGV[1], ARGV[2])
return redis.call('hget', KEYS[2], ARGV[1]) == ARGV[2] and 1 or 0`

/** Marks an INBOX message as dealt with, unless the account was removed. */
export const MARK = `
if redis.call('exists', KEYS[1]) == 1 then redis.call('zadd', KEYS[2], ARGV[1], ARGV[1]) end`
