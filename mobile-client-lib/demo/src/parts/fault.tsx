/** What went wrong, told to the eye and to a screen reader. */
export const Fault = ({ text }: { text: string | null }) => (
  <p role="alert" class={text ? 'fault' : 'fault empty'}>
    {text}
  </p>
)
