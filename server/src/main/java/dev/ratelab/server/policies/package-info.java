/** The policies that are served: where they come from, how they are read, and how the admin API changes them. */
@NullMarked
package dev.ratelab.server.policies;

import org.jspecify.annotations.NullMarked;
