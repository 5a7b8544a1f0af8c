@NullMarked
package dev.ratelab.verification.outage;

import org.jspecify.annotations.NullMarked;
