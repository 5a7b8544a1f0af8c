@NullMarked
package dev.ratelab.limiter.policy;

import org.jspecify.annotations.NullMarked;
