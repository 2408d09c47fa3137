# When the rules' jobs start: outside the windows in which RDS works on the database itself. Minutes UTC.

locals {
  # Minutes within which a job must start, or it fails.
  start_window = 60
  # RDS's own work has priority: a job that would start within an hour before one of its windows fails.
  clear = 60

  # A weekly window counts on every day: the rules are daily, and the first of the month can be any weekday.
  windows = concat(var.avoid.daily, var.avoid.weekly)
  # Every half hour of the day, from the end of the first window on, that is outside all windows.
  candidates = [for step in range(48) : (local.windows[0].begin + local.windows[0].length + local.clear + step * 30) % 1440]
  allowed = [
    for minute in local.candidates : minute
    if alltrue([
      for window in local.windows :
      (minute - window.begin + 20160) % 1440 >= window.length + local.clear &&
      (window.begin - minute + 20160) % 1440 > local.start_window + local.clear
    ])
  ]
  daily = local.allowed[0]
  # Not at the same time as the daily one: the second job would find the other one running.
  monthly = [
    for minute in local.allowed : minute
    if min((minute - local.daily + 1440) % 1440, (local.daily - minute + 1440) % 1440) >= 2 * local.start_window
  ][0]

  schedules = merge(
    {
      daily = {
        schedule       = "cron(${local.daily % 60} ${floor(local.daily / 60)} * * ? *)"
        retention_days = var.retention_days
      }
    },
    var.monthly_retention_days == 0 ? {} : {
      monthly = {
        schedule       = "cron(${local.monthly % 60} ${floor(local.monthly / 60)} 1 * ? *)"
        retention_days = var.monthly_retention_days
      }
    },
  )
}
