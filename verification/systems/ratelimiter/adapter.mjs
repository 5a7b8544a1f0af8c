import { countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import Redis from 'ioredis';
import Limiter from 'ratelimiter';

const db = new Redis(redisUrl);

// `remaining` includes the call itself, as documented. `reset` is when the oldest request leaves, not when all are back.
const decide = (key) =>
  new Promise((resolve, reject) => {
    new Limiter({ id: namespace + key, db, max: permits, duration: windowMs }).get((error, limit) => {
      if (error) return reject(error);
      const wait = Math.max(0, limit.resetMs - Date.now());
      return resolve(
        limit.remaining > 0
          ? { allowed: true, remaining: limit.remaining - 1 }
          : { allowed: false, remaining: 0, retryAfterMs: wait },
      );
    });
  });

serve('ratelimiter', { shared: true }, decide, () => countKeys(db, `limit:${namespace}`));
