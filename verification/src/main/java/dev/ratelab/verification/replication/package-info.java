/** Published claims about a limiter, measured again on traffic that anybody can generate. */
@NullMarked
package dev.ratelab.verification.replication;

import org.jspecify.annotations.NullMarked;
