/** The algorithms, one file each, as pure transitions in integer arithmetic; their Lua twins are resources of the redis package. */
@NullMarked
package dev.ratelab.limiter.algorithm;

import org.jspecify.annotations.NullMarked;
