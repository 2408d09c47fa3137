# When the rules' jobs begin: clear of the windows in which RDS works on the database itself. Minutes UTC.

locals {
  # Minutes within which a job begins, else it fails.
  start_window = 60
  # RDS's own work goes first: a job that would begin within an hour of a window of it fails.
  clear = 60

  # A weekly window counts on every day: the rules are daily, and the month's first day is any day.
  windows = concat(var.avoid.daily, var.avoid.weekly)
  # Every half hour of the day from the end of the first window on, of which these are clear of all.
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
  # Away from the daily one: whichever comes second would find the other under way.
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
