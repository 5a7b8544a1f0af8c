@NullMarked
package dev.ratelab.server.check;

import org.jspecify.annotations.NullMarked;
