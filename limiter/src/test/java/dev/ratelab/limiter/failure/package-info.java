@NullMarked
package dev.ratelab.limiter.failure;

import org.jspecify.annotations.NullMarked;
