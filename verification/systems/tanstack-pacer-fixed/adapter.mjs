import { permits, serve, windowMs } from '../adapter.mjs';
import { RateLimiter } from '@tanstack/pacer';

// The library limits one function; a key's limiter is made when it is first asked for.
const limiters = new Map();
const limiterOf = (key) => {
  if (!limiters.has(key)) {
    limiters.set(key, new RateLimiter(() => {}, { limit: permits, window: windowMs, windowType: 'fixed' }));
  }
  return limiters.get(key);
};

const decide = async (key) => {
  const limiter = limiterOf(key);
  return {
    allowed: limiter.maybeExecute(),
    remaining: limiter.getRemainingInWindow(),
    retryAfterMs: limiter.getMsUntilNextWindow(),
  };
};

serve('@tanstack/pacer', {}, decide);
