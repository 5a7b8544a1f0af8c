/** How a decision is told in the fields of an HTTP response. */
@NullMarked
package dev.ratelab.limiter.http;

import org.jspecify.annotations.NullMarked;
