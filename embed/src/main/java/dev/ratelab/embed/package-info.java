/** A limiter in front of an application: the question that every adapter asks, and the answer that every adapter gives. */
@NullMarked
package dev.ratelab.embed;

import org.jspecify.annotations.NullMarked;
