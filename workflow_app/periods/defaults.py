"""What a new installation knows of the calendar. All of it can be changed on the page.

Holidays and worked weekends of 2026: the State Council's notice of 4 November 2025. The days of 2027
are not announced: until somebody enters them, only weekends are days off.
"""

#: key, kind, name, first day, last day
PERIODS = (
    ("2025-2026", "school_year", "2025—2026 学年", "2025-09-01", "2026-08-31"),
    ("2026-2027", "school_year", "2026—2027 学年", "2026-09-01", "2027-08-31"),
    ("2026-2027-1", "term", "2026—2027 学年第一学期", "2026-09-01", "2027-01-31"),
    ("2026-2027-2", "term", "2026—2027 学年第二学期", "2027-02-01", "2027-08-31"),
)

#: name, first day off, last day off
DAYS_OFF = (
    ("元旦", "2026-01-01", "2026-01-03"),
    ("春节", "2026-02-15", "2026-02-23"),
    ("清明节", "2026-04-04", "2026-04-06"),
    ("劳动节", "2026-05-01", "2026-05-05"),
    ("端午节", "2026-06-19", "2026-06-21"),
    ("中秋节", "2026-09-25", "2026-09-27"),
    ("国庆节", "2026-10-01", "2026-10-07"),
)

#: weekend day that is worked, and for which holiday
WORKED = (
    ("2026-01-04", "元旦"),
    ("2026-02-14", "春节"),
    ("2026-02-28", "春节"),
    ("2026-05-09", "劳动节"),
    ("2026-09-20", "国庆节"),
    ("2026-10-10", "国庆节"),
)
