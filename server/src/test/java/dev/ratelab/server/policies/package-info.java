@NullMarked
package dev.ratelab.server.policies;

import org.jspecify.annotations.NullMarked;
