/** Fleets of instances in virtual time: what their designs admit, and what that asks of Redis. */
@NullMarked
package dev.ratelab.bench.simulate;

import org.jspecify.annotations.NullMarked;
