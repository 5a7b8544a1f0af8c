/** Named policies, tenants, and requests that several policies decide together. */
@NullMarked
package dev.ratelab.limiter.policy;

import org.jspecify.annotations.NullMarked;
