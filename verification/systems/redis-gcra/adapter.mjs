import { burst, countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import Redis from 'ioredis';
import RedisGCRA from 'redis-gcra';

const redis = new Redis(redisUrl);
const limiter = RedisGCRA({ redis, keyPrefix: namespace, burst, rate: permits, period: windowMs });

const decide = async (key, cost) => {
  const { limited, remaining, retryIn, resetIn } = await limiter.limit({ key, cost });
  return { allowed: !limited, remaining, retryAfterMs: retryIn, resetAfterMs: resetIn };
};

serve('redis-gcra', { cost: true, shared: true }, decide, () => countKeys(redis));
