/** What a decision costs Redis. */
@NullMarked
package dev.ratelab.bench.rediscost;

import org.jspecify.annotations.NullMarked;
