package dev.ratelab.embed.servlet;

import dev.ratelab.embed.RequestKey;
import dev.ratelab.embed.RequestLimiter;
import dev.ratelab.embed.Verdict;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Lets a request through if a limiter admits it, and otherwise answers 429, or 503 where the limiter's backend did not answer and
 * the policy fails closed. The response tells {@code RateLimit-Policy} and {@code RateLimit} either way.
 *
 * <p>The container's thread waits for the decision, at most the policy's deadline, and for the delay of {@code leaky-bucket}. To
 * go on later instead would take an asynchronous dispatch, on which all filters that are mapped to plain requests only are left
 * out: those of a login perhaps. Where waiting threads are dear, let the container use virtual ones.
 *
 * <p>Map it to {@code REQUEST} alone, as containers do unless told otherwise: a forward or an error page is no new request.
 */
public final class RateLimitFilter implements Filter {
  private final RequestLimiter<HttpServletRequest> limiter;

  /** A filter that asks a limiter of any kind. */
  public RateLimitFilter(RequestLimiter<HttpServletRequest> limiter) {
    this.limiter = limiter;
  }

  /** A filter that charges each request 1 on its key, under one policy. */
  public RateLimitFilter(
      RateLimiter limiter, Policy policy, RequestKey<? super HttpServletRequest> key) {
    this(RequestLimiter.of(limiter, policy, key));
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse answer)) {
      chain.doFilter(request, response);
      return;
    }
    Verdict verdict = limiter.check(http);
    // Added, not set: another limiter before this one may have told its own.
    verdict.fields().forEach(answer::addHeader);
    if (verdict.allowed()) {
      holdBack(verdict);
      chain.doFilter(request, response);
    } else {
      byte[] problem = verdict.problem();
      answer.setStatus(verdict.status());
      answer.setContentType(Verdict.PROBLEM_TYPE);
      answer.setContentLength(problem.length);
      answer.getOutputStream().write(problem);
    }
  }

  private static void holdBack(Verdict verdict) throws ServletException {
    try {
      TimeUnit.NANOSECONDS.sleep(verdict.delay().toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServletException("interrupted while the request was held back", e);
    }
  }
}
