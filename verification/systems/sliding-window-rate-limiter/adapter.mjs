import { permits, serve, windowMs } from '../adapter.mjs';
import { SlidingWindowRateLimiter } from 'sliding-window-rate-limiter';

const limiter = SlidingWindowRateLimiter.createLimiter({ interval: windowMs });

// What is back at `reset`, the documentation does not say.
const decide = async (key) => {
  const { token, usage } = await limiter.reserve(key, permits);
  return { allowed: token !== undefined, remaining: permits - usage };
};

serve('sliding-window-rate-limiter', {}, decide);
