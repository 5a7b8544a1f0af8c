/** The simulator held against small runs on a real Redis. */
@NullMarked
package dev.ratelab.bench.validation;

import org.jspecify.annotations.NullMarked;
