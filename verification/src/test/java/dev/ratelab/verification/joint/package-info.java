@NullMarked
package dev.ratelab.verification.joint;

import org.jspecify.annotations.NullMarked;
