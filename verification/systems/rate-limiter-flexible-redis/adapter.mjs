import { countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import { once } from 'node:events';
import Redis from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

const redis = new Redis(redisUrl, { enableOfflineQueue: false });
await once(redis, 'ready');
const limiter = new RateLimiterRedis({ storeClient: redis, points: permits, duration: windowMs / 1000, keyPrefix: namespace });

const consume = (key, cost) =>
  limiter.consume(key, cost).then(
    ({ remainingPoints, msBeforeNext }) => ({ allowed: true, remaining: remainingPoints, resetAfterMs: msBeforeNext }),
    (denied) => {
      if (!(denied instanceof RateLimiterRes)) throw denied;
      const { remainingPoints, msBeforeNext } = denied;
      return { allowed: false, remaining: remainingPoints, retryAfterMs: msBeforeNext, resetAfterMs: msBeforeNext };
    },
  );

serve('rate-limiter-flexible', { cost: true, shared: true }, consume, () => countKeys(redis));
