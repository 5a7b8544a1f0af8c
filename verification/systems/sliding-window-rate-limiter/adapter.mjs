import { permits, serve, windowMs } from '../adapter.mjs';
import { SlidingWindowRateLimiter } from 'sliding-window-rate-limiter';

const limiter = SlidingWindowRateLimiter.createLimiter({ interval: windowMs });

const decide = async (key) => {
  const { token, usage, reset } = await limiter.reserve(key, permits);
  return { allowed: token !== undefined, remaining: permits - usage, retryAfterMs: token === undefined ? reset : undefined };
};

serve('sliding-window-rate-limiter', {}, decide);
