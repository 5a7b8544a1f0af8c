/** Each algorithm by itself: a worked example, every reachable state of small limits, and the edge of the domain. */
@NullMarked
package dev.ratelab.limiter.algorithm;

import org.jspecify.annotations.NullMarked;
