do
  local a, b, d = $a, $b, $d
  local product = a * b
  if product < 9007199254740992 then
    $r = product % d
    $q = (product - $r) / d
  else
    -- Long multiplication and division in base 1024. Needs b and d below 2^42 and a quotient below 2^53.
    local scale = 1
    while scale * 1024 <= a and scale < 9007199254740992 do
      scale = scale * 1024
    end
    local quotient, remainder = 0, 0
    while scale >= 1 do
      local part = remainder * 1024 + (a - a % scale) / scale % 1024 * b
      remainder = part % d
      quotient = quotient * 1024 + (part - remainder) / d
      scale = scale / 1024
    end
    $q, $r = quotient, remainder
  end
end
