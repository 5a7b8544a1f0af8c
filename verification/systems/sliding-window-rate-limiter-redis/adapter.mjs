import { countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import Redis from 'ioredis';
import { SlidingWindowRateLimiter } from 'sliding-window-rate-limiter';

const redis = new Redis(redisUrl, { retryStrategy: () => 1000, maxRetriesPerRequest: 1 });
const limiter = SlidingWindowRateLimiter.createLimiter({ interval: windowMs, redis });

// What is back at `reset`, the documentation does not say.
const decide = async (key) => {
  const { token, usage } = await limiter.reserve(namespace + key, permits);
  return { allowed: token !== undefined, remaining: permits - usage };
};

serve('sliding-window-rate-limiter', { shared: true }, decide, () => countKeys(redis));
