import { clockAheadMs, permits, serve, windowMs } from '../adapter.mjs';
import { createRequire } from 'node:module';
import { InMemoryRateLimiter } from 'rolling-rate-limiter';

const microtime = createRequire(import.meta.url)('microtime');
const wallClock = microtime.now;
microtime.now = () => wallClock() + clockAheadMs * 1000;

const limiter = new InMemoryRateLimiter({ interval: windowMs, maxInInterval: permits });

const decide = async (key) => {
  const { blocked, millisecondsUntilAllowed, actionsRemaining } = await limiter.limitWithInfo(key);
  return { allowed: !blocked, remaining: actionsRemaining, retryAfterMs: millisecondsUntilAllowed };
};

serve('rolling-rate-limiter', {}, decide, () => Object.keys(limiter.storage).length);
