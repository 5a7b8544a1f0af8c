import { countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import RateLimiter from 'async-ratelimiter';
import Redis from 'ioredis';

const db = new Redis(redisUrl);
const limiter = new RateLimiter({ db, namespace, max: permits, duration: windowMs });

// As documented, `remaining` includes the call itself, and `reset` is a moment: seconds since the epoch.
const decide = async (id) => {
  const { remaining, reset } = await limiter.get({ id });
  const resetAfterS = Math.max(0, reset - Date.now() / 1000);
  return { allowed: remaining > 0, remaining: Math.max(0, remaining - 1), resetAfterS };
};

serve('async-ratelimiter', { shared: true }, decide, () => countKeys(db));
