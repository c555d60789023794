// Every word of the page, Chinese first.
const WORDS = {
  zh: {
    language: "EN", logout: "退出", photos: "拍照", records: "台账", recent: "最近照片",
    login: "登录", name: "姓名", password: "密码", setupTitle: "创建管理员",
    setupHint: "首次启动。密码至少 10 个字符，不含姓名。", create: "创建",
    takeTitle: "拍下现场", take: "拍照", choose: "选择照片", site: "单位", checkpoint: "点位",
    lead: "AI 只提供线索，由您确认。", offline: "没有网络：照片已保存在手机里，恢复后自动上传",
    waiting: "等待网络，稍后自动重试", sending: "上传中", diagnosing: "诊断中", failed: "未能使用",
    done: "已诊断", remove: "移除", retry: "重试", open: "查看", none: "还没有照片", known: "这张照片以前已上传",
    hazards: "处隐患", asks: "项待确认", clear: "未发现可识别的隐患（不等于没有隐患）",
    hazard: "隐患", "ask-a-person": "请现场确认", general: "一般", serious: "较大", major: "疑似重大",
    probability: "可能性", high: "很可能", middle: "可能", low: "不确定", why: "原因", clauses: "依据条款",
    guidance: "整改导则", deadline: "建议期限", items: "检查项", confirm: "确认为隐患", whichHazard: "属于哪一类隐患", dismiss: "不是隐患",
    yes: "是，记为隐患", no: "否", note: "备注（可不填）", reason: "请说明原因", save: "确定", cancel: "取消",
    reasons: ["误报，看错了", "此处不要求", "已当场整改", "照片不清楚", "重复"],
    confirmed: "已确认", dismissed: "已排除", registered: "已登记", recordMade: "已登入台账", unseen: "照片无法判断的项目",
    unseenHint: "尚无能识别这些项目的模型，请人工检查。", unverified: "〔未核〕",
    filterStatus: "状态", filterCode: "隐患", all: "全部", more: "更多", noRecords: "没有符合条件的记录",
    number: "编号", foundOn: "发现日期", confirmedBy: "确认人", model: "模型", rule: "规则", place: "地点", accident: "事故类型",
    network: "网络不通，请检查后重试",
    "image-unreadable": "照片损坏、不完整或不是图片，请重新拍摄", "image-unsupported": "不支持此类文件，请使用 JPEG、PNG、WebP 或 HEIC 照片",
    "image-too-large": "照片太大，请缩小后再传", "storage-unavailable": "服务器暂时无法保存，未记录任何内容，请稍后再试",
    "model-unavailable": "模型暂时不可用，请联系管理员", unexpected: "服务器出错，未记录任何内容，请稍后再试",
    conflict: "此项已被处理，请刷新查看", "not-found": "没有找到", "not-authenticated": "姓名或密码错误，或登录、链接已失效", forbidden: "不允许：无权限，或密码错误次数过多请稍后再试",
    "identity-refused": "统一身份认证未通过，或此账号尚未在本系统开通，请联系管理员", "identity-unavailable": "统一身份认证暂时无法访问，请稍后再试，或用姓名和密码登录",
    whatNow: "现在可以", saved: "已保存", afterPhotos: "整改后照片", sentBefore: "选用已上传的照片", photoMissing: "请先拍下整改后的现场", tooManyPhotos: "最多 20 张照片",
    keptForLater: "没有网络：照片已保存在手机里，恢复后自动上传；上传后再打开此处，从“已上传的照片”中选用",
    recordSays: "复查（验收）记录", recordText: "经现场复查，该隐患已完成整改，同意销号。", officeName: "检查人员", enterpriseName: "企业陪同人员",
    officeSigns: "检查人员签名", enterpriseSigns: "企业人员签名", signAgain: "重签", signatureMissing: "双方都要签名",
    responsible: "整改责任人", measures: "整改措施", rectifyBy: "整改期限", newDeadline: "申请延至", basis: "判定依据（标准条款）", secondOfficer: "另一名执法人员（账号名）",
    sixItems: ["目标和任务", "方法和措施", "经费和物资", "负责机构和人员", "时限和要求", "安全措施和应急预案"],
    level: "督办级别", reference: "文书编号", receiver: "接收部门", askedDeadline: "申请延至", closedOn: "销号日期", history: "办理过程", sideBySide: "整改前后对比",
    aiSees: "AI 比对", "seen-still-there": "仍然存在", "seen-gone": "已看不到", "seen-cant-tell": "无法判断", overdue: "逾期", days: "天", seen: "发现次数",
    "show-mine": "未办结", "show-overdue": "已逾期", "show-registered": "已登记，待下达", "show-submitted": "已提交，待复查", "show-major": "重大（含疑似）", "show-closed": "已办结",
    stale: "别人刚刚修改过此记录，已重新载入，请再看一遍", enlarge: "放大照片", close: "关闭", back: "返回", photo: "照片", by: "由", original: "下载原图（留审计记录）",
  },
  en: {
    language: "中文", logout: "Log out", photos: "Photos", records: "Records", recent: "Recent photos",
    login: "Log in", name: "Name", password: "Password", setupTitle: "Create the administrator",
    setupHint: "First start. The password has at least 10 characters and not your name.", create: "Create",
    takeTitle: "Photograph what you see", take: "Take a photo", choose: "Choose photos", site: "Site", checkpoint: "Checkpoint",
    lead: "AI finds leads; you confirm.", offline: "No network: photos are kept on this phone and sent later",
    waiting: "Waiting for the network, will try again", sending: "Sending", diagnosing: "Diagnosing", failed: "Cannot be used",
    done: "Diagnosed", remove: "Remove", retry: "Try again", open: "Open", none: "No photos yet", known: "This photo was sent before",
    hazards: "hazards", asks: "to be checked", clear: "No hazard that can be recognised (which does not mean there is none)",
    hazard: "Hazard", "ask-a-person": "Please check on site", general: "general", serious: "serious", major: "suspected major",
    probability: "Probability", high: "very likely", middle: "likely", low: "unsure", why: "Why", clauses: "Clauses",
    guidance: "What to do", deadline: "Proposed deadline", items: "Checklist items", confirm: "Confirm hazard", whichHazard: "Which hazard it is", dismiss: "Not a hazard",
    yes: "Yes, record it", no: "No", note: "Note (optional)", reason: "Say why", save: "Save", cancel: "Cancel",
    reasons: ["False alarm", "Not required here", "Fixed on the spot", "Photo unclear", "Duplicate"],
    confirmed: "Confirmed", dismissed: "Dismissed", registered: "Registered", recordMade: "Recorded", unseen: "What the photo cannot show",
    unseenHint: "No model can see these yet. Check by hand.", unverified: "[unverified]",
    filterStatus: "Status", filterCode: "Hazard", all: "All", more: "More", noRecords: "No records match",
    number: "Number", foundOn: "Found on", confirmedBy: "Confirmed by", model: "Model", rule: "Rule", place: "Place", accident: "Accident type",
    network: "No connection. Check the network and try again.",
    "image-unreadable": "The file is damaged, cut off or no picture. Take it again.", "image-unsupported": "Not a kind of photo that is read. Use JPEG, PNG, WebP or HEIC.",
    "image-too-large": "The photo is too large. Send a smaller one.", "storage-unavailable": "Nothing can be stored now; nothing was recorded. Try again in a moment.",
    "model-unavailable": "The model cannot run now. Tell the administrator.", unexpected: "Something went wrong; nothing was recorded. Try again in a moment.",
    conflict: "This was decided already. Reload to see it.", "not-found": "Not found", "not-authenticated": "Name or password is wrong, or the login or link has ended.", forbidden: "Not allowed, or too many wrong passwords: try again later.",
    "identity-refused": "The identity provider did not let you in, or you have no account here. Ask the administrator.", "identity-unavailable": "The identity provider cannot be reached. Try again in a moment, or log in with name and password.",
    whatNow: "What you can do now", saved: "saved", afterPhotos: "Photos of what was done", sentBefore: "Choose from photos sent before", photoMissing: "Take a photo of what was done first.", tooManyPhotos: "20 photos at most.",
    keptForLater: "No network: the photo is kept on this phone and sent later. Once it is sent, open this again and choose it among the photos sent before.",
    recordSays: "Record of the recheck", recordText: "Rechecked on site: the hazard has been dealt with and can be closed.", officeName: "Inspector", enterpriseName: "For the enterprise",
    officeSigns: "Signature of the inspector", enterpriseSigns: "Signature for the enterprise", signAgain: "Sign again", signatureMissing: "Both sides have to sign.",
    responsible: "Who fixes it", measures: "What is to be done", rectifyBy: "To be done by", newDeadline: "Asked for until", basis: "Basis (clause and item)", secondOfficer: "Second officer (account name)",
    sixItems: ["Goals and tasks", "Methods and measures", "Funds and materials", "Bodies and people in charge", "Time limits and demands", "Safety measures and emergency plan"],
    level: "Level of listing", reference: "Number of the document", receiver: "Receiving department", askedDeadline: "Asked for until", closedOn: "Closed on", history: "History", sideBySide: "Before and after",
    aiSees: "AI compared", "seen-still-there": "still there", "seen-gone": "no longer seen", "seen-cant-tell": "cannot tell", overdue: "overdue by", days: "days", seen: "Times seen:",
    "show-mine": "Open", "show-overdue": "Overdue", "show-registered": "Registered, to be ordered", "show-submitted": "Submitted, to be rechecked", "show-major": "Major or suspected", "show-closed": "Closed",
    stale: "Somebody changed this record just now. It was read again: look once more.", enlarge: "Enlarge the photo", close: "Close", back: "Back", photo: "Photo", by: "by", original: "Download original (audited)",
  },
};

const KEY = "wsai-language";

export function language() {
  const kept = localStorage.getItem(KEY);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh";
}

export function setLanguage(lang) {
  localStorage.setItem(KEY, lang);
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}

export function t(word) {
  return WORDS[language()][word];
}
