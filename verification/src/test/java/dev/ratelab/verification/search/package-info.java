/**
 * The worst case by search: every reachable state where a limit is small, an adversary where it is large. Sampling can
 * only fail to find a worse case; a walk over all states shows that there is none.
 */
@NullMarked
package dev.ratelab.verification.search;

import org.jspecify.annotations.NullMarked;
