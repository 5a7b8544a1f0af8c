import { clockAheadMs, countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import { createRequire } from 'node:module';
import Redis from 'ioredis';
import { RedisRateLimiter } from 'rolling-rate-limiter';

const microtime = createRequire(import.meta.url)('microtime');
const wallClock = microtime.now;
microtime.now = () => wallClock() + clockAheadMs * 1000;

const client = new Redis(redisUrl);
const limiter = new RedisRateLimiter({ client, namespace, interval: windowMs, maxInInterval: permits });

const decide = async (key) => {
  const { blocked, millisecondsUntilAllowed, actionsRemaining } = await limiter.limitWithInfo(key);
  return { allowed: !blocked, remaining: actionsRemaining, retryAfterMs: millisecondsUntilAllowed };
};

serve('rolling-rate-limiter', { shared: true }, decide, () => countKeys(client));
