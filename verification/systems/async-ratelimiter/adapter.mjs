import { countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import RateLimiter from 'async-ratelimiter';
import Redis from 'ioredis';

const db = new Redis(redisUrl);
const limiter = new RateLimiter({ db, namespace, max: permits, duration: windowMs });

// As documented, `remaining` includes the call itself. What is back at `reset`, the documentation does not say.
const decide = async (id) => {
  const { remaining } = await limiter.get({ id });
  return { allowed: remaining > 0, remaining: Math.max(0, remaining - 1) };
};

serve('async-ratelimiter', { shared: true }, decide, () => countKeys(db));
